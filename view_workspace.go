package fettle

import (
	"time"
)

// NotificationView is one notification.
type NotificationView struct {
	ID         int64     `json:"id"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`
	Enrichment string    `json:"enrichment,omitempty"`
	Message    string    `json:"message"`
	Read       bool      `json:"read"`
}

// AuditView is the result of an audit.
type AuditView struct {
	OK     bool         `json:"ok"`
	Checks []AuditCheck `json:"checks"`
}

// Add adds a check; one that failed makes the audit fail.
func (v *AuditView) Add(c AuditCheck) {
	v.Checks = append(v.Checks, c)
	v.OK = v.OK && c.OK
}

// AuditCheck is one thing that was recomputed and compared.
type AuditCheck struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}
