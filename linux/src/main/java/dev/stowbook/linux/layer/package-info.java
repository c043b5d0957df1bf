/**
 * Layers of images: tars read, applied below a directory and written again. Input is hostile by assumption: whatever a tar says,
 * nothing outside the layer's directory is touched.
 */
@NullMarked
package dev.stowbook.linux.layer;

import org.jspecify.annotations.NullMarked;
