package io.tidemark.sim.verify;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** A verdict for programs (JSON), for people (a table) and for build servers (JUnit XML). */
public final class VerdictReport {
  /**
   * How many devices that are not all right, and problems, the table shows; JSON and JUnit have
   * all.
   */
  private static final int SHOWN_MAX = 30;

  private VerdictReport() {}

  /** The verdict as one line of JSON. */
  public static String json(Verdict verdict) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeStringField("verdict", verdict.clean() ? "clean" : "unclean");
      sums(out, verdict.sums());
      out.writeNumberField("faults", 0);
      if (verdict.seed() == null) {
        out.writeNullField("seed");
      } else {
        out.writeNumberField("seed", verdict.seed());
      }
      out.writeNumberField("seconds", Math.round(verdict.seconds() * 1e3) / 1e3);
      out.writeArrayFieldStart("problems");
      for (Problem problem : verdict.problems()) {
        out.writeStartObject();
        out.writeStringField("kind", problem.kind().text());
        out.writeStringField("device", problem.device());
        out.writeNumberField("epoch", problem.epoch());
        out.writeNumberField("sequence", problem.sequence());
        out.writeStringField("detail", problem.detail());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeNumberField("unnamedProblems", verdict.unnamedProblems());
      out.writeNumberField("foreignRows", verdict.foreignRows());
      out.writeNumberField("regenerated", verdict.regenerated());
      out.writeArrayFieldStart("byNumber");
      for (String device : verdict.byNumber()) {
        out.writeString(device);
      }
      out.writeEndArray();
      out.writeNumberField("redeliveredRows", verdict.redeliveredRows());
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return text.toString();
  }

  /** What is printed when nothing is known. */
  public static String unknownJson(String why) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      out.writeStringField("verdict", "unknown");
      out.writeStringField("why", why);
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return text.toString();
  }

  /** The verdict as a table, then what is wrong. */
  public static void print(Verdict verdict, PrintWriter out) {
    String form = "%-32s %10s %9s %10s %11s %8s %8s %10s%n";
    out.printf(
        form,
        "device",
        "produced",
        "waiting",
        "stored",
        "quarantined",
        "dropped",
        "missing",
        "duplicates");
    List<Verdict.DeviceSums> told =
        verdict.devices().stream().filter(d -> !d.sums().allStored()).toList();
    told.stream().limit(SHOWN_MAX).forEach(d -> line(out, form, d.device(), d.sums()));
    if (told.size() > SHOWN_MAX) {
      out.printf(Locale.ROOT, "... and %,d more like these%n", told.size() - SHOWN_MAX);
    }
    int whole = verdict.devices().size() - told.size();
    if (whole > 0) {
      Sums sums =
          verdict.devices().stream()
              .map(Verdict.DeviceSums::sums)
              .filter(Sums::allStored)
              .reduce(Sums.ZERO, Sums::plus);
      line(out, form, String.format(Locale.ROOT, "(%,d with every reading stored)", whole), sums);
    }
    line(out, form, "all", verdict.sums());
    out.println();
    for (Problem p :
        verdict.problems().subList(0, Math.min(SHOWN_MAX, verdict.problems().size()))) {
      out.printf(
          Locale.ROOT,
          "%-9s %s, epoch %d, number %d: %s%n",
          p.kind().text(),
          p.device(),
          p.epoch(),
          p.sequence(),
          p.detail());
    }
    long more = verdict.problems().size() - SHOWN_MAX + verdict.unnamedProblems();
    if (more > 0) {
      out.printf(Locale.ROOT, "... and %,d more problems%n", more);
    }
    if (verdict.foreignRows() > 0) {
      out.printf(
          Locale.ROOT,
          "%,d rows of these devices are none of this record's: of epochs it does not know, or like no reading of it%n",
          verdict.foreignRows());
    }
    if (verdict.regenerated() > 0) {
      out.printf(
          Locale.ROOT,
          "%,d readings of the record were made again from its seed, and are the same%n",
          verdict.regenerated());
    }
    if (!verdict.byNumber().isEmpty()) {
      out.printf(
          Locale.ROOT,
          "checked by number only, as the values are what its sensors measured: %s%n",
          String.join(", ", verdict.byNumber()));
    }
    if (verdict.redeliveredRows() > 0) {
      out.printf(
          Locale.ROOT,
          "%,d rows repeat readings without numbers, which were delivered more than once%n",
          verdict.redeliveredRows());
    }
    Sums sums = verdict.sums();
    out.printf(
        Locale.ROOT,
        "%s: %,d produced, %,d stored (%.1f s)%n",
        verdict.clean() ? "clean" : "UNCLEAN",
        sums.produced(),
        sums.stored(),
        verdict.seconds());
    out.flush();
  }

  /** Writes the verdict as JUnit XML: one test case for each device and epoch. */
  public static void writeJUnit(Verdict verdict, Path file) throws IOException {
    try (OutputStream bytes = Files.newOutputStream(file)) {
      XMLStreamWriter out = begin(bytes, verdict.devices().size());
      for (Verdict.DeviceSums device : verdict.devices()) {
        out.writeStartElement("testcase");
        out.writeAttribute("classname", "tidemark.sim.verify");
        out.writeAttribute("name", device.device() + " epoch " + device.epoch());
        for (Problem problem : verdict.problems()) {
          if (problem.device().equals(device.device()) && problem.epoch() == device.epoch()) {
            String message = "number %d: %s".formatted(problem.sequence(), problem.detail());
            outcome(out, "failure", problem.kind().text(), message);
          }
        }
        if (device.sums().waiting() > 0) {
          outcome(
              out, "failure", "waiting", device.sums().waiting() + " readings are still waiting");
        }
        out.writeEndElement();
      }
      end(out);
    } catch (XMLStreamException e) {
      throw new IOException("cannot write " + file, e);
    }
  }

  /** Writes that nothing is known as JUnit XML: one test case with an error. */
  public static void writeUnknownJUnit(String why, Path file) throws IOException {
    try (OutputStream bytes = Files.newOutputStream(file)) {
      XMLStreamWriter out = begin(bytes, 1);
      out.writeStartElement("testcase");
      out.writeAttribute("classname", "tidemark.sim.verify");
      out.writeAttribute("name", "verify");
      outcome(out, "error", "could not check", why);
      out.writeEndElement();
      end(out);
    } catch (XMLStreamException e) {
      throw new IOException("cannot write " + file, e);
    }
  }

  private static void sums(JsonGenerator out, Sums sums) throws IOException {
    out.writeNumberField("produced", sums.produced());
    out.writeNumberField("waiting", sums.waiting());
    out.writeNumberField("stored", sums.stored());
    out.writeNumberField("quarantined", sums.quarantined());
    out.writeNumberField("dropped", sums.dropped());
    out.writeNumberField("missing", sums.missing());
    out.writeNumberField("duplicates", sums.duplicates());
    out.writeNumberField("redelivered", sums.redelivered());
    out.writeNumberField("refused", sums.refused());
  }

  private static void line(PrintWriter out, String form, String device, Sums sums) {
    out.printf(
        form,
        device,
        sums.produced(),
        sums.waiting(),
        sums.stored(),
        sums.quarantined(),
        sums.dropped(),
        sums.missing(),
        sums.duplicates());
  }

  private static XMLStreamWriter begin(OutputStream bytes, int tests) throws XMLStreamException {
    XMLStreamWriter out = XMLOutputFactory.newInstance().createXMLStreamWriter(bytes, "UTF-8");
    out.writeStartDocument("UTF-8", "1.0");
    out.writeStartElement("testsuite");
    out.writeAttribute("name", "tidemark sim verify");
    out.writeAttribute("tests", Integer.toString(tests));
    return out;
  }

  private static void outcome(XMLStreamWriter out, String element, String type, String message)
      throws XMLStreamException {
    out.writeStartElement(element);
    out.writeAttribute("type", type);
    out.writeAttribute("message", message);
    out.writeEndElement();
  }

  private static void end(XMLStreamWriter out) throws XMLStreamException {
    out.writeEndElement();
    out.writeEndDocument();
    out.close();
  }
}
