#include "store/reading_thread.hpp"

namespace mekiki::store {

reading_thread::reading_thread(std::filesystem::path file,
                               std::chrono::milliseconds deadline)
    : file_(std::move(file)),
      deadline_(deadline),
      reader_(std::make_unique<reader>(file_)) {}

std::optional<std::uint32_t> reading_thread::commits() const {
  if (is_other_file_)
    return std::nullopt;
  const std::lock_guard lock(mutex_);
  return reader_->commits();
}

void reading_thread::outdate(const std::vector<std::string>& scopes) {
  const std::lock_guard lock(mutex_);
  reader_->outdate(scopes);
}

reader& reading_thread::current() {
  if (is_other_file_.exchange(false)) {
    std::unique_ptr<reader> fresh;
    try {
      fresh = std::make_unique<reader>(file_);
    } catch (...) {
      is_other_file_ = true;
      throw;
    }
    const std::lock_guard lock(mutex_);
    reader_ = std::move(fresh);
  }
  return *reader_;
}

}  // namespace mekiki::store
