/**
 * The real twins of the doors: system clock, virtual threads, TCP sockets, and the team of platform threads. Only this package
 * touches them. The task scopes serve the testkit as well, which gives them another source of threads and another clock.
 * Start from {@link corolla.base.RealEnvironment}.
 */
@NullMarked
package corolla.base.internal;

import org.jspecify.annotations.NullMarked;
