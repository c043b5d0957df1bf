package dev.stowbook.supervisor.effect;

import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.DeviceSpec;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;

/** Something the log implies must be done. Carries all that doing it takes; doing it never reads the state. */
public sealed interface Effect {

    /** An effect that is a step of an operation: its outcome comes back as a command. */
    sealed interface StepEffect extends Effect {
        /** The step. */
        StepRef step();
    }

    /** Whether it may only begin when the event that implies it is durable: it destroys data or tells others. */
    default boolean afterDurable() {
        return false;
    }

    /**
     * Makes a pod's ipc and uts namespaces, its network namespace unless it lives in another one, and a user namespace that owns them if
     * it has users of its own. Who shares a pod's network has its users, too.
     */
    record CreateSandbox(
            StepRef step,
            PodId pod,
            int generation,
            String hostname,
            NetworkMode network,
            Optional<PodId> sharing,
            Optional<IdRange> users,
            NamespaceSpec namespaces)
            implements StepEffect {}

    /** Makes a pod's or container's group. */
    record CreateGroup(
            StepRef step, PodId pod, Optional<ContainerId> container, ResourceSpec limits, List<DeviceSpec> devices)
            implements StepEffect {}

    /** Gives a pod's or container's group other limits, all of them. */
    record UpdateGroup(StepRef step, PodId pod, Optional<ContainerId> container, ResourceSpec limits)
            implements StepEffect {}

    /**
     * Joins a pod's sandbox to a network.
     *
     * @param subnets the network's, in the order of the endpoint's addresses
     * @param leadsOut whether the pod's default route goes this way
     */
    record JoinEndpoint(
            StepRef step,
            PodId pod,
            EndpointSpec endpoint,
            int generation,
            List<SubnetSpec> subnets,
            OptionalInt mtu,
            boolean leadsOut)
            implements StepEffect {}

    /** Makes a pod's default route go by a connection that it has, or no longer. */
    record RouteEndpoint(JoinEndpoint joined) implements StepEffect {
        @Override
        public StepRef step() {
            return joined.step();
        }
    }

    /** Publishes a pod's ports through one of its connections. */
    record PublishPorts(
            StepRef step, PodId pod, EndpointSpec endpoint, int generation, List<PublishedPort> ports)
            implements StepEffect {
        /** What it publishes. */
        public Publication publication() {
            return new Publication(pod, endpoint, generation, ports);
        }
    }

    /** A pod's published ports. */
    record Publication(PodId pod, EndpointSpec endpoint, int generation, List<PublishedPort> ports) {}

    /** Makes a container's writable layer. */
    record PrepareRootfs(
            StepRef step, PodId pod, ContainerId container, String layerId, String parentLayerId, OptionalLong quotaBytes)
            implements StepEffect {}

    /** Starts a container's first process. */
    record StartProcess(
            StepRef step,
            Container.Definition container,
            int attempt,
            int generation,
            String podName,
            Naming naming,
            Optional<IdRange> users,
            Namespaces namespaces,
            List<Mount> mounts)
            implements StepEffect {}

    /**
     * Which namespaces a process joins.
     *
     * @param spec what its pod asks for
     * @param joined by the kernel's name of the kind, the first process of the container that is to be joined; one that does not run
     *     is not there
     */
    record Namespaces(NamespaceSpec spec, SortedMap<String, ProcessIdentity> joined) {}

    /** A volume in a container: what of it, from where on the host. */
    record Mount(MountSource source, MountSpec spec) {}

    /** Sends a signal to a container's first process, if it still runs: it may end while a step before this one is done. */
    record SendSignal(StepRef step, PodId pod, ContainerId container, String signal)
            implements StepEffect {}

    /** Stops every process of a container. */
    record Freeze(StepRef step, PodId pod, ContainerId container) implements StepEffect {}

    /** Lets every process of a container go on. */
    record Thaw(StepRef step, PodId pod, ContainerId container) implements StepEffect {}

    /** Ends every process of a container. */
    record Kill(StepRef step, PodId pod, ContainerId container) implements StepEffect {}

    /**
     * Takes a pod off a network, published ports first.
     *
     * @param goesOn whether somebody goes on living in the sandbox, so that the link does not go with it
     * @param published whether the pod's ports are published through it
     */
    record LeaveEndpoint(
            StepRef step, PodId pod, EndpointSpec endpoint, int generation, boolean goesOn, boolean published)
            implements StepEffect {}

    /** Removes a pod's or container's group. */
    record DestroyGroup(StepRef step, PodId pod, Optional<ContainerId> container) implements StepEffect {}

    /** Lets a pod's namespaces go. */
    record RemoveSandbox(StepRef step, PodId pod, int generation) implements StepEffect {}

    /** Removes a container's writable layer. */
    record RemoveRootfs(StepRef step, PodId pod, ContainerId container, String layerId) implements StepEffect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** Removes logs and other files of a pod and its containers. */
    record RemoveFiles(StepRef step, PodId pod, List<ContainerId> containers) implements StepEffect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** Starts one more process in a container. */
    record StartExec(
            StepRef step,
            Exec exec,
            Container.Definition container,
            ProcessIdentity target,
            Optional<IdRange> users)
            implements StepEffect {}

    /** Removes an image's configuration and layers from the store. */
    record RemoveImage(StepRef step, String image, List<StoredLayer> layers) implements StepEffect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** Builds an image from the context that was received under the build's name. */
    record BuildImage(StepRef step, BuildId build, BuildSpec spec) implements StepEffect {}

    /** Makes a volume; {@code pod} if for one's start. */
    record CreateVolume(
            StepRef step,
            Optional<PodId> pod,
            String volume,
            String driver,
            SortedMap<String, String> options,
            OptionalLong sizeLimitBytes)
            implements StepEffect {}

    /** Makes a volume usable for a pod. */
    record MountVolume(StepRef step, PodId pod, String key, String volume, String driver) implements StepEffect {}

    /** Looks whether a path of the host is what a pod wants, and makes it if it is to be made. */
    record FindHostPath(StepRef step, PodId pod, String key, VolumeSpec.HostPath path) implements StepEffect {}

    /** Copies what an image has at {@code path} into a volume, if that is empty. */
    record FillVolume(
            StepRef step, PodId pod, ContainerId container, String volume, MountSource source, String imageLayerId, String path)
            implements StepEffect {}

    /** Ends a pod's use of a volume. */
    record UnmountVolume(StepRef step, PodId pod, String key, String volume, String driver) implements StepEffect {}

    /** Removes a volume with all that is in it; {@code pod} if it goes with one. */
    record RemoveVolume(StepRef step, Optional<PodId> pod, String volume, String driver) implements StepEffect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** Makes a network, if the kernel does not have it. */
    record EnsureNetwork(
            NetworkId network, List<SubnetSpec> subnets, boolean internal, boolean isolated, OptionalInt mtu)
            implements Effect {}

    /** Removes a network. */
    record DropNetwork(NetworkId network) implements Effect {}

    /** Puts back what somebody else removed of the rules of networks and published ports. */
    record RepairRules(List<EnsureNetwork> networks, List<Publication> published) implements Effect {}

    /** Lets a command come at a moment. */
    record Schedule(Instant at, TimerCommand command) implements Effect {}

    /** Tells a keeper, or deletes the file it left, now that its container's end is in the book. */
    record ForgetExit(PodId pod, ContainerId container, int attempt) implements Effect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** As {@link ForgetExit} for a process that exec started. */
    record ForgetExecExit(ExecId exec, ContainerId container) implements Effect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** Fetches an image from a registry. */
    record PullImage(long transfer, String reference, String platform, Optional<String> manifest) implements Effect {}

    /** Sends an image to a registry. {@code known} says where registries have layers of it. */
    record PushImage(long transfer, String reference, StoredImage image, List<KnownBlob> known) implements Effect {
        @Override
        public boolean afterDurable() {
            return true;
        }
    }

    /** Removes something of our instance that no event knows. */
    record RemoveOrphan(String kind, String name) implements Effect {}
}
