package corolla.base.transport;

/**
 * A host and a TCP port.
 *
 * @param host numeric IPv4 or IPv6 address, or a name to resolve
 * @param port 0 to 65535; 0 only for listening
 */
public record Endpoint(String host, int port) {
    public Endpoint {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not within 0 to 65535");
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
