package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.List;
import java.util.OptionalLong;

/** What users ask of pods. References are names, ids or unique prefixes of ids. */
public sealed interface PodCommand extends Command {

    /** Makes networks and then pods as their manifests say: all or none. */
    record ApplyPods(List<NetworkSpec> networks, List<PodSpec> pods) implements PodCommand {
        public ApplyPods {
            networks = List.copyOf(networks);
            pods = List.copyOf(pods);
        }

        /** Pods on networks that are there. */
        public ApplyPods(List<PodSpec> pods) {
            this(List.of(), pods);
        }
    }

    /** Starts a stopped pod. */
    record StartPod(String pod) implements PodCommand {}

    /** Ends all containers of a pod; the grace period is the manifest's if empty. */
    record StopPod(String pod, OptionalLong graceMillis) implements PodCommand {}

    /** Gives a pod as a whole other limits, at once if it has a group; what is empty stays. */
    record UpdatePod(String pod, ResourceSpec change) implements PodCommand {}

    /** Sends a signal to all running containers of a pod. */
    record KillPod(String pod, String signal) implements PodCommand {}

    /** Makes all processes of a pod stand still. */
    record PausePod(String pod) implements PodCommand {}

    /** Lets them go on. */
    record ResumePod(String pod) implements PodCommand {}

    /**
     * Removes pods; running ones only by force. If absent ones are fine, as with a manifest, references are names and nothing else:
     * the absent pod {@code db} must not be taken for one whose id begins with these digits.
     */
    record RemovePods(List<String> pods, boolean force, boolean absentIsFine, OptionalLong graceMillis)
            implements PodCommand {
        public RemovePods {
            pods = List.copyOf(pods);
        }
    }
}
