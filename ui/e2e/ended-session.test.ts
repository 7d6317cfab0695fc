import { disturbed } from "./disturbed";

disturbed("an expired session");
