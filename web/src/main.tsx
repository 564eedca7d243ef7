import { render } from "preact";
import "./theme.css";
import "./layout.css";
import "./parts.css";
import { App } from "./app";

const root = document.getElementById("app");
if (root) render(<App />, root);
