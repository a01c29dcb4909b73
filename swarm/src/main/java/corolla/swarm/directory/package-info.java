/**
 * Who serves what, in the DHT: {@link corolla.swarm.directory.Directory} reads the records of a model's blocks,
 * {@link corolla.swarm.directory.Announcer} writes a server's own.
 */
@NullMarked
package corolla.swarm.directory;

import org.jspecify.annotations.NullMarked;
