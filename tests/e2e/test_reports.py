"""Three readers of DMARC reports, one answer: generated reports and those of
the public corpus, read by `mekiki reports read`, by dmarc-cat and by Mail::DMARC.
And what large input costs."""

import datetime
import email.message
import gzip
import io
import json
import os
import pathlib
import random
import re
import subprocess
import zipfile

import pytest

from harness.mekiki import binary, is_sanitized
from harness.process import program, run

SEED = 9990
COUNT = 60
ROOT = pathlib.Path(__file__).parents[2]
CORPUS = pathlib.Path(os.environ.get(
    "MEKIKI_CONFORMANCE", ROOT.parent / "shared" / "conformance")) / "dmarc-reports"

# --------------------------------------------------------------- generation


def record(r, domain, address):
    passes = {name: r.choice(["pass", "fail"]) for name in ("dkim", "spf")}
    dkim = "".join(
        f"<dkim><domain>{d}</domain><selector>s{i}</selector><result>{passes['dkim']}</result></dkim>"
        for i, d in enumerate(r.sample([domain, "esp.example", "list.example"], r.randrange(3))))
    return (
        f"<record><row><source_ip>{address}</source_ip><count>{r.randrange(1, 5000)}</count>"
        f"<policy_evaluated><disposition>{r.choice(['none', 'quarantine', 'reject'])}</disposition>"
        f"<dkim>{passes['dkim']}</dkim><spf>{passes['spf']}</spf></policy_evaluated></row>"
        f"<identifiers><header_from>{domain}</header_from><envelope_from>b.{domain}</envelope_from>"
        f"</identifiers><auth_results>{dkim}<spf><domain>b.{domain}</domain><scope>mfrom</scope>"
        f"<result>{passes['spf']}</result></spf></auth_results></record>\n")


def report(r, number):
    domain = f"d{r.randrange(5)}.example"
    begin = 1_750_000_000 + 86_400 * r.randrange(400)
    addresses = r.sample([f"192.0.2.{i}" for i in range(1, 200)]
                         + [f"2001:db8::{i:x}" for i in range(1, 100)], r.randrange(1, 12))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feedback><version>1.0</version>'
        f"<report_metadata><org_name>Reporter {r.randrange(9)} &amp; Co.</org_name>"
        f"<email>dmarc@r.example</email><report_id>{number}.{r.getrandbits(60)}</report_id>"
        f"<date_range><begin>{begin}</begin><end>{begin + 86_399}</end></date_range>"
        f"</report_metadata>\n<policy_published><domain>{domain}</domain><adkim>r</adkim>"
        f"<aspf>{r.choice('rs')}</aspf><p>{r.choice(['none', 'quarantine', 'reject'])}</p>"
        "<sp>none</sp><pct>100</pct></policy_published>\n"
        + "".join(record(r, domain, a) for a in addresses) + "</feedback>\n").encode()


def packed(r, xml, name):
    """As a file: its end, its octets, and the type that mails give it."""
    kind = r.choice(["xml", "xml.gz", "zip"])
    if kind == "zip":
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name + ".xml", xml)
        return kind, made.getvalue(), "zip"
    return kind, gzip.compress(xml) if kind != "xml" else xml, "gzip"


@pytest.fixture(scope="module")
def reports(folder):
    """(path of the report, path of a mail with it) for each."""
    r = random.Random(SEED)
    out = []
    for number in range(COUNT):
        xml = report(r, number)
        name = f"r.example!d.example!{number}!{number + 1}"
        kind, octets, subtype = packed(r, xml, name)
        path = folder / f"{name}.{kind}"
        path.write_bytes(octets)
        mail = email.message.EmailMessage()
        mail["From"] = "dmarc@r.example"
        mail["Subject"] = f"Report Domain: d.example Submitter: r.example Report-ID: {number}"
        mail.set_content("A report.")
        if kind == "xml":  # Mail::DMARC reads only what is packed
            octets, kind = gzip.compress(octets), "xml.gz"
        mail.add_attachment(octets, maintype="application", subtype=subtype,
                            filename=f"{name}.{kind}")
        sent = folder / f"{number}.eml"
        sent.write_bytes(mail.as_bytes())
        out.append((path, sent))
    return out


# ------------------------------------------------------------------ reading


def by_mekiki(*paths):
    done = run([binary(), "reports", "read", "--json", "--at", "2027-01-01", *paths])
    return [facts(json.loads(line)) for line in done.stdout.splitlines()]


def facts(r):
    """What all three tell: who, of which domain, when, and the mails of each address."""
    sums = {}
    for each in r["records"]:
        sums[each["source_ip"]] = sums.get(each["source_ip"], 0) + each["count"]
    assert sum(sums.values()) == r["messages"]
    return {"org": r["org_name"], "domain": r["domain"], "p": r["policy"]["p"],
            "begin": r["begin"], "end": r["end"], "sums": sums}


def by_dmarc_cat(path):
    # With several jobs it mixes up the addresses of records now and then.
    text = run([program("dmarc-cat"), "-N", "-j", "1", path]).stdout.decode()
    period = re.search(r"^From (\S+ \S+) \+0000 UTC to (\S+ \S+) \+0000 UTC$", text, re.M)
    begin, end = (
        int(datetime.datetime.fromisoformat(t + "+00:00").timestamp()) for t in period.groups())
    sums = {}
    for line in text.split("\nIP ")[1].splitlines()[1:]:
        if words := line.split():
            sums[words[0]] = sums.get(words[0], 0) + int(words[1])
    return {"org": re.search(r"^Reporting by: (.*) — ", text, re.M)[1],
            "domain": re.search(r"^Domain: (.*)$", text, re.M)[1],
            "p": re.search(r"^Policy: p=(.*?);", text, re.M)[1],
            "begin": begin, "end": end, "sums": sums}


# Reads the mails that are its arguments; instead of keeping a report, prints it.
MAIL_DMARC = r"""
use strict; use warnings;
use JSON::PP;
use Mail::DMARC::Report; use Mail::DMARC::Report::Receive;
no warnings "redefine";
sub Mail::DMARC::Report::save_aggregate {
  my $a = shift->aggregate;
  my %sums;
  $sums{$_->row->source_ip} += $_->row->count for @{$a->record};
  my ($m, $p) = ($a->metadata, $a->policy_published);
  print STDERR encode_json({org => $m->org_name, domain => $p->domain, p => $p->p,
    begin => $m->begin + 0, end => $m->end + 0, sums => \%sums}), "\n";
  return 1;
}
Mail::DMARC::Report::Receive->new->from_file($_) for @ARGV;
"""


def by_mail_dmarc(mails):
    done = run([program("perl"), "-e", MAIL_DMARC, *mails])
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]


def test_dmarc_cat_reads_the_same(reports):
    for path, _ in reports:
        assert by_mekiki(path) == [by_dmarc_cat(path)], path


def test_mail_dmarc_reads_the_same(reports):
    mails = [mail for _, mail in reports]
    theirs = by_mail_dmarc(mails)
    assert len(theirs) == COUNT
    assert by_mekiki(*mails) == theirs


def test_the_public_corpus_is_read_the_same_where_dmarc_cat_reads_it(folder):
    if not CORPUS.is_dir():
        pytest.skip(f"NOT RUN: no conformance data at {CORPUS}")
    manifest = json.loads((CORPUS / "MANIFEST.json").read_text())
    read = 0
    for case in manifest["cases"]:
        if case["container"] != "xml" or case["summary"] is None:
            continue
        # It takes files by their names only.
        path = folder / f"r.example!d.example!1!{2 + read}.xml"
        path.write_bytes((CORPUS / case["file"]).read_bytes())
        theirs = by_dmarc_cat(path)
        [ours] = by_mekiki(path)
        assert (ours["org"] or "") == theirs["org"].strip()
        assert {**ours, "org": None} == {**theirs, "org": None}, case["id"]
        read += 1
    assert read == 9


# --------------------------------------------------------------------- cost


def cost(folder, *words, code=0):
    """What it printed, and the most memory that it had (octets)."""
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen([binary(), "reports", "read", *words], stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    said = (folder / "err").read_text()
    assert process.returncode == code, said
    return (folder / "out").read_bytes(), said, used.ru_maxrss * 1024


def write_rows(path, rows, padding=""):
    head = report(random.Random(SEED), 1).decode().split("<record>")[0]
    with path.open("w") as file:
        file.write(head)
        for i in range(rows):
            file.write(
                f"<record><row><source_ip>10.{i >> 16}.{i >> 8 & 255}.{i & 255}</source_ip>"
                f"<count>3</count>{padding}<policy_evaluated><dkim>pass</dkim><spf>fail</spf>"
                "</policy_evaluated></row><identifiers><header_from>d.example</header_from>"
                "</identifiers></record>\n")
        file.write("</feedback>\n")


@pytest.mark.skipif(is_sanitized(), reason="sanitizers need memory of their own")
def test_large_reports_are_bounded(folder):
    rows = folder / "rows.xml"
    write_rows(rows, 100_000)
    printed, _, most = cost(folder, "--json", rows)
    r = json.loads(printed)
    assert (r["messages"], len(r["records"])) == (300_000, 100_000)
    assert most < 256 << 20

    # A gigabyte, as it is and packed: refused, and the rest of the batch is read.
    large = folder / "large.xml"
    write_rows(large, 100_000, "<x>" + "y" * 10_000 + "</x>")
    assert large.stat().st_size > 1_000_000_000
    small = folder / "large.xml.gz"
    with large.open("rb") as file, gzip.open(small, "wb", 1) as to:
        while piece := file.read(1 << 20):
            to.write(piece)
    printed, said, most = cost(folder, "--json", large, small, rows, code=1)
    large.unlink()
    assert len(printed.splitlines()) == 1
    assert "large.xml: it has more than 268435456 octets.\n" in said
    assert "large.xml.gz: more than 268435456 octets would come out of it.\n" in said
    assert most < 256 << 20
