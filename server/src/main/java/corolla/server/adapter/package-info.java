/**
 * The LoRA adapters of a server: several at once, chosen by each request, loaded and removed while it serves.
 *
 * <p>{@link corolla.server.adapter.ServedAdapters} is what an operator sees: names, and where each adapter comes from.
 * {@link corolla.server.adapter.AdapterTable} holds those that fit the blocks in use; requests hold an
 * {@link corolla.server.adapter.AdapterLease} while they use one, and what is removed is freed when the last lease ends
 * ({@link corolla.server.adapter.AdapterLedger} decides). {@link corolla.server.adapter.AdapterFolder} watches a folder.
 * On the wire an adapter is a name: {@code active_adapter} of a request, {@code adapters} of a server's record.
 */
@NullMarked
package corolla.server.adapter;

import org.jspecify.annotations.NullMarked;
