/**
 * Whose computation runs next: {@link corolla.server.scheduler.StepQueue} decides, {@link corolla.server.scheduler.Scheduler}
 * waits and runs. One step is one turn; long requests are cut into several by the backend, so that short ones of other
 * sessions come between. Steps of several sessions will be joined here: a turn takes a list of them.
 */
@NullMarked
package corolla.server.scheduler;

import org.jspecify.annotations.NullMarked;
