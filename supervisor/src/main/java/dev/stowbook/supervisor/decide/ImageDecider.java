package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Decides what is asked of images. */
final class ImageDecider {
    private ImageDecider() {}

    static Decision decide(Draft draft, ImageCommand command) {
        return switch (command) {
            case ImageCommand.RegisterImages c -> register(draft, c);
            case ImageCommand.RecordBlobs c -> record(draft, c);
            case ImageCommand.RecordTree c -> record(draft, c);
            case ImageCommand.TagImage c -> tag(draft, c);
            case ImageCommand.PullImage c -> TransferDecider.pull(draft, c);
            case ImageCommand.PushImage c -> TransferDecider.push(draft, c);
            case ImageCommand.RemoveImage c -> remove(draft, c);
        };
    }

    private static Decision register(Draft draft, ImageCommand.RegisterImages command) {
        return draft.accepted(new Answer.Images(register(draft, command.arrivals(), command.insecurePolicy())), new Await.Entry());
    }

    static List<Answer.ImageEntry> register(Draft draft, List<ImageCommand.Arrival> arrivals, boolean insecurePolicy) {
        List<Answer.ImageEntry> entries = new ArrayList<>();
        for (ImageCommand.Arrival arrival : arrivals) {
            StoredImage image = arrival.image();
            if (!image.equals(draft.state().images().get(image.id()))) {
                draft.emit(new ImageEvent.ImageRegistered(image, arrival.origin()));
            }
            learn(draft, arrival.blobs());
            for (String reference : arrival.references()) {
                Naming.allow(draft, reference, image.id(), insecurePolicy);
                tag(draft, reference, image.id());
            }
            entries.add(new Answer.ImageEntry(image.id(), arrival.references()));
        }
        return entries;
    }

    /** One that a pull has brought: whether it may have its name has been found out before its layers came. */
    static void enter(Draft draft, ImageCommand.Arrival arrival) {
        if (!arrival.image().equals(draft.state().images().get(arrival.image().id()))) {
            draft.emit(new ImageEvent.ImageRegistered(arrival.image(), arrival.origin()));
        }
        learn(draft, arrival.blobs());
        arrival.references().forEach(reference -> tag(draft, reference, arrival.image().id()));
    }

    private static Decision record(Draft draft, ImageCommand.RecordBlobs command) {
        learn(draft, command.blobs());
        return draft.accepted(new Answer.Done(), new Await.Entry());
    }

    private static Decision record(Draft draft, ImageCommand.RecordTree command) {
        StoredImage image = find(draft.state(), command.image());
        if (!command.tree().equals(draft.state().catalogue().trees().get(image.id()))) {
            draft.emit(new ImageEvent.TreeDigested(image.id(), command.tree()));
        }
        return draft.accepted(new Answer.Done(), new Await.Entry());
    }

    /** What an image of ours has, and is not known yet. */
    static void learn(Draft draft, List<KnownBlob> blobs) {
        Set<String> ours = new HashSet<>();
        draft.state().images().values().forEach(image -> image.layers().forEach(layer -> ours.add(layer.diffId())));
        List<KnownBlob> news = blobs.stream()
                .filter(blob -> ours.contains(blob.diffId()))
                .filter(blob -> !draft.state().catalogue().of(blob.diffId()).contains(blob))
                .distinct()
                .toList();
        if (!news.isEmpty()) {
            draft.emit(new ImageEvent.BlobsKnown(news));
        }
    }

    static void tag(Draft draft, String reference, String image) {
        String name = Images.normalised(reference);
        if (!image.equals(draft.state().references().get(name))) {
            draft.emit(new ImageEvent.ImageTagged(name, image));
        }
    }

    private static Decision tag(Draft draft, ImageCommand.TagImage command) {
        StoredImage image = find(draft.state(), command.source());
        Naming.allow(draft, command.target(), image.id(), command.insecurePolicy());
        tag(draft, command.target(), image.id());
        return draft.accepted(
                new Answer.Images(List.of(new Answer.ImageEntry(
                        image.id(), List.of(Images.normalised(command.target()))))),
                new Await.Entry());
    }

    private static Decision remove(Draft draft, ImageCommand.RemoveImage command) {
        StoredImage image = find(draft.state(), command.reference());
        String name = Images.normalised(command.reference());
        boolean byReference = image.id().equals(draft.state().references().get(name));
        List<String> references = referencesOf(draft.state(), image.id());
        if (!byReference && chosen(references).size() > 1 && !command.force()) {
            throw Draft.reject(
                    ErrorCode.CONFLICT,
                    "image " + command.reference() + " has several references (" + String.join(", ", chosen(references))
                            + "): remove them by name, or all by force (-f)");
        }
        List<String> untagged = byReference ? withDigests(name, references) : references;
        boolean last = untagged.size() == references.size();
        if (last) {
            refuseUsed(draft.state(), image, command.reference());
        }
        untagged.forEach(reference -> draft.emit(new ImageEvent.ImageUntagged(reference, image.id())));
        if (!last) {
            return draft.accepted(new Answer.ImageGone(untagged, List.of()), new Await.Entry());
        }
        List<String> removed = new ArrayList<>();
        List<Long> operations = new ArrayList<>();
        Optional<StoredImage> next = Optional.of(image);
        while (next.isPresent()) {
            Optional<StoredImage> step = stepBefore(draft.state(), next.get());
            operations.add(draft.nextSequence());
            removed.add(next.get().id());
            draft.emit(new ImageEvent.ImageRemoving(next.get().id(), unshared(draft.state(), next.get()), Steps.removeImage()));
            next = step.filter(each -> isUnwanted(draft.state(), each));
        }
        return draft.accepted(new Answer.ImageGone(untagged, removed), new Await.OperationsOver(operations));
    }

    /** The step of a build that an image was made from. */
    private static Optional<StoredImage> stepBefore(State state, StoredImage image) {
        return Optional.ofNullable(state.builds().parents().get(image.id()))
                .filter(state.builds().parents()::containsKey)
                .map(state.images()::get);
    }

    /** Whether a step has no name, nothing was made from it but what went, and no container is of it. */
    private static boolean isUnwanted(State state, StoredImage step) {
        return referencesOf(state, step.id()).isEmpty()
                && !state.builds().isParent(step.id())
                && state.builds().using(step.id()).isEmpty()
                && state.containers().values().stream().noneMatch(c -> c.definition().imageId().equals(step.id()));
    }

    /** Those that somebody chose: a digest beside a tag of the same repository came by itself. */
    private static List<String> chosen(List<String> references) {
        Set<String> tagged = references.stream().filter(reference -> !reference.contains("@")).map(ImageDecider::repository).collect(Collectors.toSet());
        return references.stream().filter(reference -> !reference.contains("@") || !tagged.contains(repository(reference))).toList();
    }

    private static long tags(List<String> references) {
        return references.stream().filter(reference -> !reference.contains("@")).count();
    }

    /** With the last tag of a repository its digests go, too: a pull by tag made them, and nobody would think of them. */
    private static List<String> withDigests(String name, List<String> references) {
        String repository = repository(name);
        List<String> same = references.stream().filter(reference -> repository(reference).equals(repository)).toList();
        boolean lastTag = !name.contains("@") && tags(same) == 1;
        return lastTag ? same : List.of(name);
    }

    private static String repository(String reference) {
        int at = reference.indexOf('@');
        String named = at < 0 ? reference : reference.substring(0, at);
        int colon = named.indexOf(':', named.lastIndexOf('/') + 1);
        return colon < 0 ? named : named.substring(0, colon);
    }

    private static void refuseUsed(State state, StoredImage image, String reference) {
        state.builds().using(image.id()).ifPresent(build -> {
            throw Draft.reject(ErrorCode.CONFLICT, "image " + reference + " is used by build " + build + ", which runs: wait for its end");
        });
        for (Container container : state.containers().values()) {
            if (container.definition().imageId().equals(image.id())) {
                throw Draft.reject(
                        ErrorCode.CONFLICT,
                        "image " + reference + " is used by container "
                                + state.pod(container.pod()).spec().name() + "/" + container.name()
                                + ": remove that first");
            }
        }
    }

    /** The layers that no other image has, topmost first, so that none goes before those standing on it. */
    private static List<StoredLayer> unshared(State state, StoredImage image) {
        Set<String> others = new HashSet<>();
        for (StoredImage other : state.images().values()) {
            if (!other.id().equals(image.id())) {
                other.layers().forEach(layer -> others.add(layer.chainId()));
            }
        }
        return image.layers().reversed().stream()
                .filter(layer -> !others.contains(layer.chainId()))
                .toList();
    }

    private static List<String> referencesOf(State state, String image) {
        return state.references().entrySet().stream()
                .filter(entry -> entry.getValue().equals(image))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static StoredImage find(State state, String name) {
        return Images.find(state, name)
                .orElseThrow(() -> Draft.reject(ErrorCode.NOT_FOUND, "there is no image " + name));
    }
}
