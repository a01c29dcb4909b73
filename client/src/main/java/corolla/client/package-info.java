/** A model whose blocks are run by a swarm. Start at {@link corolla.client.RemoteModel}. */
@NullMarked
package corolla.client;

import org.jspecify.annotations.NullMarked;
