package corolla.swarm.protocol;

/** Which Petals we are, for peers that compare versions. */
public final class ServerVersion {
    /** The release whose protocol we speak: clients roll sessions back from 2.3 on. */
    public static final String PETALS = "2.3.0.dev2";

    /** Key of our own version among a server's announced extensions. */
    public static final String EXTENSION = "x_corolla";

    /** Our own version. */
    public static final String COROLLA = "0.1.0";

    private ServerVersion() {}
}
