package io.tidemark.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields of one {@code Series}, found but not yet decoded. */
final class SeriesParts {
  String sensor = "";
  String kind = "";
  @Nullable ProtoReader gaps;
  long firstTime;
  @Nullable ProtoReader timeSteps;
  final List<ProtoReader> columns = new ArrayList<>();

  private SeriesParts() {}

  /** How many times the series has: the first, and one for each step. */
  int timeCount() {
    return 1 + (timeSteps == null ? 0 : timeSteps.countVarints());
  }

  static SeriesParts read(ProtoReader in) throws WireFormatException {
    SeriesParts parts = new SeriesParts();
    SeenFields seen = new SeenFields();
    while (in.hasMore()) {
      int at = in.position();
      int tag = in.readTag();
      int field = tag >>> 3;
      if (field != SeriesField.COLUMNS) {
        seen.add(field, at);
      }
      switch (field) {
        case SeriesField.SENSOR -> parts.sensor = text(in, tag, at);
        case SeriesField.KIND -> parts.kind = text(in, tag, at);
        case SeriesField.GAPS -> parts.gaps = part(in, tag, at);
        case SeriesField.FIRST_TIME -> {
          in.expect(tag, ProtoReader.FIXED64, at);
          parts.firstTime = in.readFixed64();
        }
        case SeriesField.TIME_STEPS -> parts.timeSteps = part(in, tag, at);
        case SeriesField.COLUMNS -> parts.columns.add(part(in, tag, at));
        default -> in.skip(tag);
      }
    }
    return parts;
  }

  private static ProtoReader part(ProtoReader in, int tag, int at) throws WireFormatException {
    in.expect(tag, ProtoReader.BYTES, at);
    return in.readPart();
  }

  private static String text(ProtoReader in, int tag, int at) throws WireFormatException {
    in.expect(tag, ProtoReader.BYTES, at);
    return SeriesDecoder.readName(in);
  }
}
