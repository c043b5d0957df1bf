/** Events and state as JSON, by the components of their records. The only package of the log that uses Jackson. */
@NullMarked
package dev.stowbook.supervisor.log.codec;

import org.jspecify.annotations.NullMarked;
