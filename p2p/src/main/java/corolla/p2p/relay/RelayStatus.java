package corolla.p2p.relay;

/** The answer to a request. Peers may send numbers that are not here. */
enum RelayStatus {
    OK(100, "granted"),
    RESERVATION_REFUSED(200, "reservation refused"),
    RESOURCE_LIMIT_EXCEEDED(201, "too many circuits"),
    PERMISSION_DENIED(202, "permission denied"),
    CONNECTION_FAILED(203, "the relay cannot reach the peer"),
    NO_RESERVATION(204, "the peer has no reservation with the relay"),
    MALFORMED_MESSAGE(400, "malformed message"),
    UNEXPECTED_MESSAGE(401, "unexpected message");

    private final int code;
    private final String text;

    RelayStatus(int code, String text) {
        this.code = code;
        this.text = text;
    }

    int code() {
        return code;
    }

    static String describe(int code) {
        for (RelayStatus status : values()) {
            if (status.code == code) {
                return code + " (" + status.text + ")";
            }
        }
        return Integer.toString(code);
    }
}
