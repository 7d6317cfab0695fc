import { disturbed } from "./disturbed";

disturbed("a second tab");
