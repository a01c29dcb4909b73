/**
 * Serves a span of a model's blocks to a swarm: {@link corolla.server.Server} is the lifecycle, {@link corolla.server.handler}
 * answers calls, {@link corolla.server.backend} computes them in the turns of {@link corolla.server.scheduler}, and
 * {@link corolla.server.cache} keeps room for sessions.
 *
 * <pre>{@code
 * ServerConfig config = ServerConfig.builder("TinyLLama-v0-hf").blocks(new Span(0, 4)).build();
 * try (Server server = Server.start(environment, config, new ServerNetwork(host, rpc, dht), BlockSource.of(checkpoint, weights, kernels))) {
 *     ...
 * }
 * }</pre>
 */
@NullMarked
package corolla.server;

import org.jspecify.annotations.NullMarked;
