package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.image.ImageReference;

/** What somebody wants an image to be called. A digest is no such name: it says what a registry has, which nobody may say of something else. */
final class NewName {
    private NewName() {}

    /** With its tag. @throws ApiProblem with a sentence */
    static String parse(String text) {
        ImageReference reference;
        try {
            reference = ImageReference.parse(text);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(String.valueOf(e.getMessage()));
        }
        if (reference.digest().isPresent()) {
            throw ApiProblem.invalid("\"" + text + "\" has a digest, which an image has from its registry and is not given: leave out what follows \"@\"");
        }
        if (reference.name().equals("sha256")) {
            throw ApiProblem.invalid("\"" + text + "\" reads as an image's id, which is not given: choose another name");
        }
        return reference.toString();
    }
}
