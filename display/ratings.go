package display

import (
	"context"

	"halld/queue"
)

// RatingRequest rates a service.
type RatingRequest struct {
	Level int `json:"level" doc:"5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意"`
}

type ratingIn struct {
	Keyed
	TicketPath
	Body RatingRequest
}

// rateTicket stores a citizen's rating. Clerks have no way here: nobody rates his own service.
func (s *Server) rateTicket(ctx context.Context, in *ratingIn) (*ticketOut, error) {
	return s.ticketAnswer(ctx, in.Keyed, queue.Rate{Ticket: queue.TicketID(in.ID), Level: in.Body.Level, Source: queue.FromScreen})
}
