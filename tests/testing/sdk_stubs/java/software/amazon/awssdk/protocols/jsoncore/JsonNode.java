package software.amazon.awssdk.protocols.jsoncore;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A document of JSON; this stand-in knows flat objects of texts and numbers. */
public interface JsonNode {
    Pattern FIELD = Pattern.compile("\"([^\"]+)\":\\s*(?:\"([^\"]*)\"|([0-9]+))");

    static JsonNodeParser parser() {
        return new JsonNodeParser();
    }

    String text();

    Map<String, JsonNode> asObject();

    /** Parses. */
    final class JsonNodeParser {
        public JsonNode parse(String text) {
            Map<String, JsonNode> fields = new HashMap<>();
            Matcher matcher = FIELD.matcher(text);
            while (matcher.find()) {
                String found = matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
                fields.put(matcher.group(1), node(found, new HashMap<>()));
            }
            if (!text.startsWith("{")) {
                throw new IllegalArgumentException("unexpected: " + text);
            }
            return node(null, fields);
        }

        private static JsonNode node(String text, Map<String, JsonNode> fields) {
            return new JsonNode() {
                @Override
                public String text() {
                    return text;
                }

                @Override
                public Map<String, JsonNode> asObject() {
                    return fields;
                }
            };
        }
    }
}
