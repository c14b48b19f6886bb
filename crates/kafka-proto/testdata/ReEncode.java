// Reads the lines of `cargo run -p hence-kafka-proto --features samples --example samples`, lets Kafka's own codec read
// and write each message, and prints what it wrote as a length and a hash: the lines of kafka-4.4.0.txt.
//
// java -cp kafka-clients-4.4.0.jar:slf4j-api.jar ReEncode.java < samples > kafka-4.4.0.txt

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Scanner;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

public class ReEncode {
    public static void main(String[] args) {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] words = lines.nextLine().split(" ", -1);
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(words[0]));
            short version = Short.parseShort(words[1]);
            ApiMessage message = words[2].equals("response") ? type.newResponse() : type.newRequest();
            ByteBufferAccessor input = new ByteBufferAccessor(ByteBuffer.wrap(HexFormat.of().parseHex(words[4])));
            message.read(input, version);
            if (input.remaining() != 0) {
                throw new IllegalStateException(type + " " + version + ": " + input.remaining() + " bytes left");
            }
            byte[] written = write(message, version);
            String headers = type.requestHeaderVersion(version) + " " + type.responseHeaderVersion(version);
            System.out.println(String.join(" ", words[0], words[1], words[2], words[3], headers)
                + " " + written.length + " " + String.format("%016x", hash(written)));
        }
    }

    private static byte[] write(ApiMessage message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return buffer.array();
    }

    /** FNV-1a, 64 bits. */
    private static long hash(byte[] bytes) {
        long state = 0xCBF29CE484222325L;
        for (byte each : bytes) {
            state = (state ^ (each & 0xFF)) * 0x100000001B3L;
        }
        return state;
    }
}
