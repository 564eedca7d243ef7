#include "reports/test_packed.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

namespace mekiki::reports {
namespace {

la_ssize_t append(archive* /*a*/, void* to, const void* octets,
                  std::size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(octets), size);
  return static_cast<la_ssize_t>(size);
}

enum class form : std::uint8_t { zip, encrypted_zip, gzip };

std::string pack(form as, const named_files& files) {
  std::string out;
  archive* a = ::archive_write_new();
  if (as != form::gzip) {
    ::archive_write_set_format_zip(a);
    if (as == form::encrypted_zip) {
      ::archive_write_set_options(a, "zip:encryption=traditional");
      ::archive_write_set_passphrase(a, "secret");
    }
  } else {
    ::archive_write_add_filter_gzip(a);
    ::archive_write_set_format_raw(a);
  }
  ::archive_write_set_bytes_per_block(a, 0);
  if (::archive_write_open(a, &out, nullptr, append, nullptr) != ARCHIVE_OK)
    throw std::runtime_error(::archive_error_string(a));
  for (const auto& [name, octets] : files) {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(octets.size()));
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_entry_set_perm(entry, 0644);
    if (::archive_write_header(a, entry) != ARCHIVE_OK ||
        ::archive_write_data(a, octets.data(), octets.size()) < 0)
      throw std::runtime_error(::archive_error_string(a));
    ::archive_entry_free(entry);
  }
  ::archive_write_close(a);
  ::archive_write_free(a);
  return out;
}

}  // namespace

std::string zip(const named_files& files) { return pack(form::zip, files); }

std::string gzip(std::string_view octets) {
  return pack(form::gzip, {{"-", std::string(octets)}});
}

std::string encrypted_zip(const named_files& files) {
  return pack(form::encrypted_zip, files);
}

std::string aggregate_xml(std::string_view records) {
  return fmt::format(
      "<?xml version=\"1.0\"?>\n<feedback>\n<report_metadata><org_name>Reporter"
      "</org_name><email>dmarc@reporter.example</email><report_id>1"
      "</report_id><date_range><begin>1767225600</begin><end>1767311999</end>"
      "</date_range></report_metadata>\n<policy_published><domain>example.com"
      "</domain><p>none</p></policy_published>\n{}</feedback>\n",
      records);
}

std::string record_xml(std::string_view source_ip, std::string_view count,
                       std::string_view dkim, std::string_view spf) {
  return fmt::format(
      "<record><row><source_ip>{}</source_ip><count>{}</count>"
      "<policy_evaluated><disposition>none</disposition><dkim>{}</dkim>"
      "<spf>{}</spf></policy_evaluated></row><identifiers><header_from>"
      "example.com</header_from></identifiers><auth_results><spf><domain>"
      "example.com</domain><result>{}</result></spf></auth_results></record>\n",
      source_ip, count, dkim, spf, spf);
}

}  // namespace mekiki::reports
