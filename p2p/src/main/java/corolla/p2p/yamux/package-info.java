/**
 * yamux 1.0.0: many streams in one connection, each with its own flow control.
 *
 * <p>Specification: hashicorp "yamux/spec.md" and libp2p's copy of it. {@code YamuxMessages} has the frames, {@code YamuxState} all
 * decisions (streams, windows, what to send next), {@link corolla.p2p.yamux.Yamux} the threads around it: one reader, one writer,
 * and callers that write small things themselves.
 *
 * <p>Differences from other implementations, all within the specification: a stream is opened by its first data frame instead of an
 * empty window update; data that arrives after both sides of a stream were closed here is answered with a reset, since yamux has
 * no other way to say "stop sending".
 */
@NullMarked
package corolla.p2p.yamux;

import org.jspecify.annotations.NullMarked;
