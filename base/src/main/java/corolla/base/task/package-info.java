/** Threads in scopes that they never outlive, and the lock whose timed wait reads our clock. */
@NullMarked
package corolla.base.task;

import org.jspecify.annotations.NullMarked;
