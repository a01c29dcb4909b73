/** Whom to ask next: a beam search for many keys at once. All pure. Start at {@link corolla.dht.lookup.Lookup}. */
@NullMarked
package corolla.dht.lookup;

import org.jspecify.annotations.NullMarked;
