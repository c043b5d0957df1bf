/** What every graph driver must do: an abstract JUnit class to extend, and the tars it feeds them with. */
@NullMarked
package dev.stowbook.testkit.graph;

import org.jspecify.annotations.NullMarked;
