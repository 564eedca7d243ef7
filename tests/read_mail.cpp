// Reads a mail with GMime, as clients built on it do, for the end-to-end tests:
//
//   read_mail < mail
//
// Prints {"texts": [{"type", "text"}], "files": [{"name", "type", "sha256"}]}:
// the parts in their order, those of attached mails too; texts as UTF-8, and
// of what is an attachment or no text the hash of its decoded octets.
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include <boost/json.hpp>
#include <gmime/gmime.h>

namespace {

struct freed {
  void operator()(gchar* text) const { g_free(text); }
  void operator()(GMimePartIter* iter) const { g_mime_part_iter_free(iter); }
  template <class Object>
  void operator()(Object* object) const {
    g_object_unref(object);
  }
};

template <class T>
std::unique_ptr<T, freed> owned(T* made) {
  return std::unique_ptr<T, freed>(made);
}

std::unique_ptr<gchar, freed> hash(GMimePart* part) {
  const auto out = owned(g_mime_stream_mem_new());
  if (GMimeDataWrapper* content = g_mime_part_get_content(part))
    g_mime_data_wrapper_write_to_stream(content, out.get());
  const GByteArray* octets =
      g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
  return owned(g_compute_checksum_for_data(G_CHECKSUM_SHA256, octets->data,
                                           octets->len));
}

const char* or_empty(const char* text) { return text ? text : ""; }

boost::json::object read(GMimeMessage* mail) {
  boost::json::array texts;
  boost::json::array files;
  const auto iter =
      owned(g_mime_part_iter_new(reinterpret_cast<GMimeObject*>(mail)));
  do {
    GMimeObject* current = g_mime_part_iter_get_current(iter.get());
    if (!GMIME_IS_PART(current))
      continue;
    GMimePart* part = GMIME_PART(current);
    const auto type = owned(g_mime_content_type_get_mime_type(
        g_mime_object_get_content_type(current)));
    if (GMIME_IS_TEXT_PART(part) && !g_mime_part_is_attachment(part)) {
      const auto text = owned(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
      texts.push_back({{"type", type.get()}, {"text", or_empty(text.get())}});
    } else {
      files.push_back({{"name", or_empty(g_mime_part_get_filename(part))},
                       {"type", type.get()},
                       {"sha256", hash(part).get()}});
    }
  } while (g_mime_part_iter_next(iter.get()));
  return {{"texts", std::move(texts)}, {"files", std::move(files)}};
}

}  // namespace

int main() {
  g_mime_init();
  const std::string octets{std::istreambuf_iterator<char>(std::cin), {}};
  const auto stream =
      owned(g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
  const auto parser = owned(g_mime_parser_new_with_stream(stream.get()));
  const auto mail =
      owned(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!mail)
    return 1;
  std::cout << boost::json::serialize(read(mail.get())) << '\n';
  return std::cout.flush() ? 0 : 1;
}
