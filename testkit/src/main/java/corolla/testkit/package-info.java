/**
 * Deterministic simulation. {@link corolla.testkit.SimulatedWorld} is the door for tests; behind it stand {@code Loop} (who runs
 * next, and when it is), {@code SimulatedNetwork} with its {@code Pipe}s (when bytes arrive), and small twins for clock, randoms and
 * compute threads. Task scopes and {@link corolla.base.task.Gate} are the same classes as in production.
 *
 * <pre>{@code
 * SimulatedWorld.run(7, world -> {
 *     SimulatedNode server = world.node("server");
 *     SimulatedNode client = world.node("client");
 *     ... start real code on server.environment() and client.environment() ...
 *     server.crash();
 * });
 * }</pre>
 *
 * <p>What simulated code must not do: wait by {@code wait/notify} or on a contended monitor, wait inside a class initialiser, use
 * the JDK's timed waits, or let the order of a hash of identities reach a decision. The first is found and named, the second is
 * printed by a watchdog, the third and fourth TidyTest and {@link corolla.testkit.SimulatedWorld#assertReplays} look for.
 */
@NullMarked
package corolla.testkit;

import org.jspecify.annotations.NullMarked;
