/**
 * Local policy on records: which ones are believed. Validators form a chain; nothing on the wire depends on them unless a
 * whole swarm agrees to use them. Petals uses none.
 */
@NullMarked
package corolla.dht.validation;

import org.jspecify.annotations.NullMarked;
