/** What a store needs of the disk beyond the JDK: locks that belong to a descriptor, room set aside, data brought to the disk. */
@NullMarked
package dev.stowbook.linux.disk;

import org.jspecify.annotations.NullMarked;
