package corolla.p2p.relay;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;

/**
 * Every limit of relaying. Immutable; start from {@link #defaults()}. The relay's are those that p2pd gives itself once it knows that it
 * is public: with libp2p's own defaults (2 min, 128 KiB) no answer of a large model would come through.
 *
 * @param reservationsMax slots that the relay gives; each keeps a connection open
 * @param reservationsPerAddressMax the same for one IP address, behind which several machines may live
 * @param reservationTime how long a slot lasts before it must be renewed
 * @param circuitsMax circuits at once: each costs two threads and 64 KiB, besides the windows of its streams
 * @param circuitsPerPeerMax circuits from or to one peer
 * @param circuitTime a circuit is cut after so long
 * @param circuitBytesMax a circuit is cut after so many bytes in one direction
 * @param messageBytesMax of the relay protocol; p2pd allows as many
 * @param exchangeTime one request and its answer
 * @param addressesMax addresses believed of a relay
 * @param reservationsWanted slots at different relays that a relayed peer keeps: two, so that losing one is not felt
 * @param renewBefore how long before its end a slot is renewed
 * @param retryFirst wait after a relay has refused, doubling up to {@code retryMax}
 * @param retryMax longest such wait
 * @param relaysKnownMax relays whose refusals and slots a relayed peer remembers
 */
@RecordBuilder
public record RelayLimits(
        int reservationsMax,
        int reservationsPerAddressMax,
        Duration reservationTime,
        int circuitsMax,
        int circuitsPerPeerMax,
        Duration circuitTime,
        long circuitBytesMax,
        int messageBytesMax,
        Duration exchangeTime,
        int addressesMax,
        int reservationsWanted,
        Duration renewBefore,
        Duration retryFirst,
        Duration retryMax,
        int relaysKnownMax)
        implements RelayLimitsBuilder.With {

    public RelayLimits {
        if (reservationsWanted < 1 || relaysKnownMax < reservationsWanted || circuitBytesMax < 1) {
            throw new IllegalArgumentException(
                    "reservationsWanted " + reservationsWanted + " must be within 1 to relaysKnownMax " + relaysKnownMax
                            + ", circuitBytesMax " + circuitBytesMax + " positive");
        }
    }

    public static RelayLimits defaults() {
        return RelayLimitsBuilder.builder()
                .reservationsMax(128)
                .reservationsPerAddressMax(16)
                .reservationTime(Duration.ofHours(1))
                .circuitsMax(256)
                .circuitsPerPeerMax(32)
                .circuitTime(Duration.ofMinutes(30))
                .circuitBytesMax(4L << 30)
                .messageBytesMax(4096)
                .exchangeTime(Duration.ofSeconds(10))
                .addressesMax(8)
                .reservationsWanted(2)
                .renewBefore(Duration.ofMinutes(5))
                .retryFirst(Duration.ofSeconds(5))
                .retryMax(Duration.ofMinutes(5))
                .relaysKnownMax(64)
                .build();
    }
}
