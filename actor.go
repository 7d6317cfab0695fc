package fettle

// Role is what an actor may do.
type Role string

// The roles. Viewers see; editors define, estimate, pilot and pause; admins,
// and editors whom one lets spend, start, raise limits, grant credits, resolve
// unknowns, edit prices and keys. People, tokens and who did what are the
// admins' alone.
const (
	Viewer Role = "viewer"
	Editor Role = "editor"
	Admin  Role = "admin"
)

// rank orders the roles; an unknown role may do nothing.
var rank = map[Role]int{Viewer: 1, Editor: 2, Admin: 3}

// Actor is who asks. It is passed as an argument, never in a context.
type Actor struct {
	Name     string // a person's or a token's name, "cli" or "system"
	Role     Role
	MaySpend bool // an editor whom an admin lets do what spends
	Token    bool // a program: it approves nothing
}

// System is the actor of the server's own work.
func System() Actor { return Actor{Name: "system", Role: Admin} }

// Require refuses the actor unless it has at least the role.
func (a Actor) Require(role Role, action string) error {
	if rank[a.Role] >= rank[role] {
		return nil
	}
	return Errorf(NotAllowed, "%s may not %s", a.Name, action).WithHint("Ask someone with the role %s.", role)
}

// Spends reports whether the actor may do what spends: an admin, or an editor
// who has been let.
func (a Actor) Spends() bool {
	return a.Role == Admin || (a.Role == Editor && a.MaySpend)
}
