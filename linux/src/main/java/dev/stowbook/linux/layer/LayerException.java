package dev.stowbook.linux.layer;

import java.io.IOException;

/** A layer's tar that is damaged or hostile. The message is one sentence that names the entry. */
public final class LayerException extends IOException {
    private static final long serialVersionUID = 1L;

    public LayerException(String message) {
        super(message);
    }
}
