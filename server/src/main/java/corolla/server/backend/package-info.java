/**
 * From checked requests to computed hidden states: {@link corolla.server.backend.Backend} runs chains of blocks in turns,
 * with or without a session's cache, with a request's adapter, and adds deep prompts on the way.
 */
@NullMarked
package corolla.server.backend;

import org.jspecify.annotations.NullMarked;
