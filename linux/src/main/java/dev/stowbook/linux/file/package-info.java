/**
 * Files and directories through descriptors: what NIO cannot say (openat2(2), mknodat(2), extended attributes, ids).
 */
@NullMarked
package dev.stowbook.linux.file;

import org.jspecify.annotations.NullMarked;
