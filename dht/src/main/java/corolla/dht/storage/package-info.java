/** What replaces what, and what vanishes when: the rules of hivemind's storage, within limits. All pure. Start at {@link corolla.dht.storage.Storage}. */
@NullMarked
package corolla.dht.storage;

import org.jspecify.annotations.NullMarked;
