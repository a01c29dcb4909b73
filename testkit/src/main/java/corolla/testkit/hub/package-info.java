/** A stand-in for the Hugging Face hub on this machine. Start with {@link corolla.testkit.hub.HubStandIn}. */
@NullMarked
package corolla.testkit.hub;

import org.jspecify.annotations.NullMarked;
