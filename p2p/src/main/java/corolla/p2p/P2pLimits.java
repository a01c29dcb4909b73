package corolla.p2p;

import java.time.Duration;

/**
 * Every limit of the host. Immutable; start from {@link #defaults()}.
 *
 * @param connectionsLow how many connections stay when there were too many: enough for a busy server's clients and DHT peers
 * @param connectionsHigh above this, idle connections are closed down to {@code connectionsLow}; twice of it are never exceeded,
 *     because each may take 300 KiB of buffers while it carries much; a quiet one takes some KiB in all
 * @param connectionGrace how long a new connection is not closed for being idle: the first request needs a moment
 * @param upgradesInboundMax inbound connections between accept and a proven identity: strangers at this stage cost memory and
 *     a signature check each; a quarter of them from one address. The one that takes longest gives way to a new one
 * @param upgradeTime from TCP accept or connect to a usable connection; p2pd gives 15 s too
 * @param dialTime one attempt at one address, name resolution and upgrade included
 * @param dialsPerPeerMax addresses tried for one peer in one go, so that a record of a thousand addresses costs a few dials
 * @param dialBackoff wait after the first failure of an address, growing with n² seconds as p2pd's does
 * @param dialBackoffMax longest such wait
 * @param dialBackoffsMax failed addresses remembered
 * @param negotiationTime multistream-select on one stream; p2pd gives 10 s too
 * @param negotiationRoundsMax protocols one opener may propose on one stream before it is taken for a flood
 * @param streamsInboundMax open streams that one connection's remote may hold: a server's busiest client runs some dozens of
 *     sessions; 256 unacknowledged ones is what p2pd itself allows
 * @param streamsOutboundMax open streams of ours on one connection, so that a leak shows as an error here and not there
 * @param streamsUnackedMax streams that we opened and the remote has not accepted: p2pd resets what exceeds 256
 * @param windowBytesMax the receive window of a stream grows up to this; 16 MiB is what p2pd uses, and fills 1 Gbit/s at 130 ms
 * @param unreadBytesPerConnectionMax received and not yet read on all streams of one connection; further data resets its stream
 * @param unreadBytesMax the same for the whole host
 * @param controlFramesMax pings to answer and resets waiting to be sent to a peer that does not read; more is a flood
 * @param keepAliveInterval a ping goes out after so much silence, so that a dead peer is noticed
 * @param keepAliveTime how long the answer may take
 * @param writeStallTime how long one write to the socket may wait for a peer that does not read; then the connection is closed
 * @param closeLingerTime a stream that we closed waits so long for the remote's end before it is reset
 * @param windowWaitAfterFin how long a writer waits for window when the remote has ended its own direction: it has probably lost
 *     interest, and yamux has no way to say so
 * @param identifyTime one identify exchange
 * @param identifyMessageBytesMax one identify message; p2pd's own limit is 8 KiB
 * @param identifyMessagesMax messages of one identify exchange; p2pd's own limit is 10
 * @param protocolsPerPeerMax protocols remembered of one peer
 * @param addressBookPeersMax peers whose addresses are remembered: all servers of a large swarm, at about 1 KiB each
 * @param addressesPerPeerMax addresses remembered of one peer; honest ones have up to a dozen
 * @param pingIdleTime an inbound ping stream without a ping for so long is closed
 */
public record P2pLimits(
        int connectionsLow,
        int connectionsHigh,
        Duration connectionGrace,
        int upgradesInboundMax,
        Duration upgradeTime,
        Duration dialTime,
        int dialsPerPeerMax,
        Duration dialBackoff,
        Duration dialBackoffMax,
        int dialBackoffsMax,
        Duration negotiationTime,
        int negotiationRoundsMax,
        int streamsInboundMax,
        int streamsOutboundMax,
        int streamsUnackedMax,
        int windowBytesMax,
        long unreadBytesPerConnectionMax,
        long unreadBytesMax,
        int controlFramesMax,
        Duration keepAliveInterval,
        Duration keepAliveTime,
        Duration writeStallTime,
        Duration closeLingerTime,
        Duration windowWaitAfterFin,
        Duration identifyTime,
        int identifyMessageBytesMax,
        int identifyMessagesMax,
        int protocolsPerPeerMax,
        int addressBookPeersMax,
        int addressesPerPeerMax,
        Duration pingIdleTime) {

    public P2pLimits {
        if (connectionsLow < 1 || connectionsHigh < connectionsLow) {
            throw new IllegalArgumentException(
                    "connectionsLow " + connectionsLow + " must be within 1 to connectionsHigh " + connectionsHigh);
        }
    }

    public static P2pLimits defaults() {
        return new P2pLimits(
                256,
                512,
                Duration.ofSeconds(120),
                64,
                Duration.ofSeconds(15),
                Duration.ofSeconds(15),
                8,
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                4096,
                Duration.ofSeconds(10),
                16,
                512,
                1024,
                256,
                16 << 20,
                128L << 20,
                384L << 20,
                1024,
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                8192,
                10,
                1024,
                4096,
                32,
                Duration.ofSeconds(60));
    }
}
