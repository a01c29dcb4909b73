package corolla.cli.table3;

import java.io.IOException;
import java.util.List;

/** Where the nodes of a swarm run: each at an address of its own. Confined to the command's thread; its owner closes it after the processes. */
interface TestNetwork extends AutoCloseable {

    /** What its links can be made to carry. */
    List<NetworkSetting> settings();

    /** All links from now on. */
    void set(NetworkSetting setting) throws IOException, InterruptedException;

    /** An IPv4 address. */
    String address(int node);

    /** A command line that runs on that node. */
    List<String> on(int node, List<String> command);

    /** What it is made of, and how well it did; once it is closed. A sentence for the report. */
    String remark();

    @Override
    void close();

    /** This machine's loopback device: what is left without root. */
    static TestNetwork loopback() {
        return new TestNetwork() {
            @Override
            public List<NetworkSetting> settings() {
                return List.of(NetworkSetting.LOOPBACK);
            }

            @Override
            public void set(NetworkSetting setting) {}

            @Override
            public String address(int node) {
                return "127.0.0.1";
            }

            @Override
            public List<String> on(int node, List<String> command) {
                return command;
            }

            @Override
            public String remark() {
                return "All talk over the loopback device.";
            }

            @Override
            public void close() {}
        };
    }
}
