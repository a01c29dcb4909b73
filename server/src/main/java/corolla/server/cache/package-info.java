/**
 * Room for the keys and values of sessions: a byte budget with shares per peer, and admission with a timeout. The rules are in
 * {@link corolla.server.cache.CacheLedger}; {@link corolla.server.cache.CacheBudget} waits.
 */
@NullMarked
package corolla.server.cache;

import org.jspecify.annotations.NullMarked;
