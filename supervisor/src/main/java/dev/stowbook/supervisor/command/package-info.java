/** What somebody asks for or reports: sealed commands, imperative records. Pure. */
@NullMarked
package dev.stowbook.supervisor.command;

import org.jspecify.annotations.NullMarked;
