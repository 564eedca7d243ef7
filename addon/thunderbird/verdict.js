// Opens from the button in Thunderbird's own header over a mail, where nothing
// that a mail holds is shown.

const at = (id) => document.getElementById(id);
const [tab] = await messenger.tabs.query({ active: true, currentWindow: true });
const said = await messenger.runtime.sendMessage({ verdictOf: tab?.id });

document.documentElement.lang = said.language;
at("title").className = said.verdict;
at("title").textContent = said.title;
at("sentence").textContent = said.sentence;
at("word").textContent = said.word;
at("word").hidden = !said.word;
at("native").textContent = said.native;
