/**
 * From logits to text: sampling, stop strings, end tokens, and the loop that streams an answer. Nothing here knows where
 * logits come from: a {@link corolla.client.generation.TokenSession} may run in this process or through a swarm.
 *
 * <p>Start at {@link corolla.client.generation.Generation}.
 */
@NullMarked
package corolla.client.generation;

import org.jspecify.annotations.NullMarked;
