/**
 * Cheap twins of the cryptographic primitives, as a provider of the JDK: for simulations of thousands of swarms, in which key exchanges
 * would take most of the time. Handshakes, messages, sizes and errors of Noise stay what they are; only nothing is secret. Smaller
 * simulations, and all other tests, run the real primitives.
 */
@NullMarked
package corolla.testkit.crypto;

import org.jspecify.annotations.NullMarked;
