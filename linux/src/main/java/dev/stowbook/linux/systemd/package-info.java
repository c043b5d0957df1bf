/** systemd's units over D-Bus: the only code that knows D-Bus. See {@link dev.stowbook.linux.systemd.SystemdUnits}. */
@NullMarked
package dev.stowbook.linux.systemd;

import org.jspecify.annotations.NullMarked;
