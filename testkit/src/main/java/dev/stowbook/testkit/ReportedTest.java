package dev.stowbook.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/**
 * One test of another JVM, as its report has it.
 *
 * @param testClass simple name of its class
 * @param name of the method, with its parameters or the number of its repetition
 * @param outcome how it ended
 * @param detail the stack trace or the reason; empty if it passed
 */
public record ReportedTest(String testClass, String name, Outcome outcome, String detail) {

    /** How a test ended. */
    public enum Outcome {
        PASSED,
        FAILED,
        SKIPPED
    }

    /** Reads a report in the form that Surefire made common. */
    public static List<ReportedTest> read(Path report) throws IOException {
        try {
            var factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            var cases = factory.newDocumentBuilder().parse(report.toFile()).getElementsByTagName("testcase");
            var results = new ArrayList<ReportedTest>();
            for (int i = 0; i < cases.getLength(); i++) {
                results.add(of((Element) cases.item(i)));
            }
            return results;
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(report + " is not a test report: the other JVM ended while it was written", e);
        }
    }

    private static ReportedTest of(Element test) {
        String qualified = test.getAttribute("classname");
        String testClass = qualified.substring(qualified.lastIndexOf('.') + 1);
        for (String tag : List.of("failure", "error", "skipped")) {
            var found = test.getElementsByTagName(tag);
            if (found.getLength() > 0) {
                Outcome outcome = tag.equals("skipped") ? Outcome.SKIPPED : Outcome.FAILED;
                return new ReportedTest(testClass, test.getAttribute("name"), outcome, found.item(0).getTextContent().strip());
            }
        }
        return new ReportedTest(testClass, test.getAttribute("name"), Outcome.PASSED, "");
    }
}
