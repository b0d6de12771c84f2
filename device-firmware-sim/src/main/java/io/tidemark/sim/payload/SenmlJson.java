package io.tidemark.sim.payload;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A SenML pack in JSON (RFC 8428, section 5). */
final class SenmlJson {
  private SenmlJson() {}

  static byte[] of(List<SenmlRecord> pack) {
    return JsonText.of(
        out -> {
          out.writeStartArray();
          for (SenmlRecord record : pack) {
            out.writeStartObject();
            for (Map.Entry<SenmlLabel, Object> field : record.fields().entrySet()) {
              out.writeFieldName(field.getKey().text());
              write(out, field.getValue());
            }
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  private static void write(JsonGenerator out, Object value) throws IOException {
    if (value instanceof Long whole) {
      out.writeNumber(whole);
    } else if (value instanceof Double number) {
      out.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else {
      out.writeString((String) value);
    }
  }
}
